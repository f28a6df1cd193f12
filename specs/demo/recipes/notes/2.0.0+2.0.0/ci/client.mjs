// What the scripts in this directory share: requests to the app under test.
const base = process.env.CCCI_BASE_URL;

export async function ask(method, path, body) {
  const response = await fetch(`${base}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: status ${response.status}: ${text.trim()}`);
  return text;
}

/** The texts of all notes, whatever version answers. */
export async function texts() {
  return JSON.parse(await ask('GET', '/api/notes')).map((note) => (typeof note === 'string' ? note : note.text));
}
