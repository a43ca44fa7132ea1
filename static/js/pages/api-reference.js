// Shows the API's reference: Swagger UI from the schema that #reference names, in the page's theme.
const place = document.getElementById("reference");
const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");
const cookie = (name) =>
  document.cookie
    .split("; ")
    .find((one) => one.startsWith(`${name}=`))
    ?.slice(name.length + 1) ?? "";

function theme() {
  root.classList.toggle("dark-mode", root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
}

system.addEventListener("change", theme);
new MutationObserver(theme).observe(root, { attributeFilter: ["data-theme"] });
theme();

window.SwaggerUIBundle({
  url: place.dataset.schema,
  domNode: place,
  deepLinking: true,
  persistAuthorization: false,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  presets: [window.SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  requestInterceptor: (request) => {
    if (request.method && request.method !== "GET") request.headers["X-CSRFToken"] = cookie("csrftoken");
    return request;
  },
});
