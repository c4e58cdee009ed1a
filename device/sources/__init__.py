"""Where pictures come from: a camera, a stream, files, or a drawn scene."""
