// Lets no picture blink where a part of the page is drawn anew: one that is shown already stays,
// and one that comes in sight is there before its place is given to it.

const LONGEST_WAIT = 400; // what is said of a picture is not kept waiting for it

export async function havePictures(present, next) {
  if (!isInSight(present)) return;
  const coming = picturesOf(next).filter((picture) => !shownAs(picture, present));
  await Promise.race([Promise.allSettled(coming.map(load)), pause(LONGEST_WAIT)]);
}

export function keepPictures(present, next) {
  for (const picture of picturesOf(next)) {
    const shown = shownAs(picture, present);
    if (shown) picture.replaceWith(shown);
  }
}

function picturesOf(element) {
  return [...element.querySelectorAll("img")];
}

function shownAs(picture, present) {
  return picturesOf(present).find((shown) => shown.src === picture.src && shown.alt === picture.alt);
}

function isInSight(element) {
  const { top, bottom } = element.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
}

async function load(picture) {
  const { loading } = picture;
  picture.loading = "eager"; // a lazy one is not asked for while it stands nowhere
  try {
    await picture.decode();
  } finally {
    picture.loading = loading;
  }
}

function pause(milliseconds) {
  return new Promise((resume) => setTimeout(resume, milliseconds));
}
