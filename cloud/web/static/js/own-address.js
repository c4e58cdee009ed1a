// A page that is the answer to a form takes an address of its own: a reload sends nothing again.
history.replaceState(history.state, "", document.querySelector("[data-own-address]").dataset.ownAddress);
