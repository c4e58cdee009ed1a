// Has the tab that is open in view, where there are more than the screen is wide.
document.querySelector(".tab[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
