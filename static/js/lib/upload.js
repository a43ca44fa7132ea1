import { ask } from "../session/ask.js";
import { back } from "./connection.js";
import { parseHtml } from "./parts.js";

// Why a file can't be one of those that a file input takes, by type, name and size; only the server knows for sure.
export function unfit(file, { accept, dataset }) {
  const known = accept.split(",");
  const isKnown = known.includes(file.type) || known.some((end) => file.name.toLowerCase().endsWith(end));
  if (!isKnown && !file.type.startsWith("image/")) return dataset.noImage;
  return file.size > Number(dataset.most) ? dataset.tooLarge : "";
}

// Sends a picture, a link or a mask to the library and gives { chip } back, the entry of a list that the server renders
// for it; or { error }, its sentence why not, `sorry` where it has none. Rejects where there is no connection.
export async function upload(address, form, fields, sorry) {
  const data = new FormData();
  for (const [name, ...value] of fields) data.append(name, ...value);
  data.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  const answer = await ask(address, { method: "POST", body: data, headers: { "HX-Request": "true" } });
  const text = await answer.text();
  back();
  if (answer.ok) return { chip: parseHtml(text).querySelector("li") };
  return { error: answer.headers.get("Content-Type")?.startsWith("text/plain") ? text : sorry };
}
