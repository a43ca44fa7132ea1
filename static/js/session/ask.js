// fetch for modules. A session that has ended, or a page that is out of date, leads away with the whole page: the server
// says where to by HX-Redirect, instead of answering with a page that nobody asked for.
export async function ask(address, { headers, ...options } = {}) {
  const answer = await fetch(address, {
    ...options,
    headers: { "X-Requested-With": "XMLHttpRequest", ...headers },
  });
  const elsewhere = answer.headers.get("HX-Redirect");
  if (!elsewhere) return answer;
  location.assign(elsewhere);
  // Nothing follows on a page that is being left.
  return new Promise(() => {});
}
