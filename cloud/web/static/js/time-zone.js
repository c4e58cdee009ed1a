// Whoever signs up reads times by their own clock, without being asked for its zone.
document.querySelector("[name=browser_zone]").value = Intl.DateTimeFormat().resolvedOptions().timeZone;
