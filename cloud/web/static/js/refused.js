// Leads to the first field for which a form was refused.
[...document.querySelectorAll("[aria-invalid=true]")].find((field) => field.checkVisibility())?.focus();
