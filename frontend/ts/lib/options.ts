// Long lists of choices stand on a page once, in a hidden select; here every picker that names the list is filled from
// it, again after each swap that took its options away. The empty choice and what is chosen come from the server, so a form sent before this ran changes nothing.

function fill(select: HTMLSelectElement): void {
  const source = document.getElementById(`options-${select.dataset["options"] ?? ""}`);
  if (!source || select.options.length > 2) return;
  const without = new Set((select.dataset["without"] ?? "").split(","));
  const only = select.dataset["only"];
  const chosen = [...select.options].find((option) => option.defaultSelected)?.value ?? select.value;
  const empty = [...select.options].find((option) => option.value === "");
  const groups = [...source.children] as HTMLOptGroupElement[];
  const offered = groups.filter((group) => !only || group.label === only).map((group) => pick(group, without));
  select.replaceChildren(...(empty ? [empty] : []), ...offered.flatMap((group) => (only ? [...group.children] : [group])));
  select.value = chosen;
}

function pick(group: HTMLOptGroupElement, without: ReadonlySet<string>): HTMLOptGroupElement {
  const copy = group.cloneNode(true) as HTMLOptGroupElement;
  for (const option of copy.querySelectorAll("option")) if (without.has(option.value)) option.remove();
  return copy;
}

function fillAll(): void {
  document.querySelectorAll<HTMLSelectElement>("select[data-options]").forEach(fill);
}

fillAll();
document.addEventListener("htmx:after:swap", fillAll);
