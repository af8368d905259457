// A running demo city: its security administrator, and a browser that is only a jar of cookies.

const PASSWORD = 'yuandu-demo';

/** Where the city answers; `run.mjs` starts it. */
export const url = process.env.YUANDU_URL;

/** A browser without pages: keeps cookies, follows nothing by itself. */
export class Browser {
  cookies = new Map();

  async fetch(address, options = {}) {
    const headers = { ...options.headers };
    if (this.cookies.size) headers.cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(new URL(address, url), { ...options, headers, redirect: 'manual' });
    for (const cookie of answer.headers.getSetCookie()) {
      const [name, value] = cookie.split(';')[0].split('=');
      this.cookies.set(name, value);
    }
    return answer;
  }

  async signIn(login) {
    const answer = await this.post('/api/v1/session', { login, password: PASSWORD });
    if (!answer.ok) throw new Error(`${login} cannot sign in: ${await answer.text()}`);
    return this;
  }

  post(path, body) {
    return this.fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  }

  /** Goes to an address of ours and says where the browser ends up: the address of the client. */
  async visit(address) {
    const answer = await this.fetch(address);
    const location = answer.headers.get('location');
    if (!location) throw new Error(`no redirect but ${answer.status}: ${await answer.text()}`);
    return new URL(location, url);
  }
}

/** Registers a client as the security administrator does. */
export async function register(metadata, trusted = true) {
  const security = await new Browser().signIn('security');
  const answer = await security.post('/api/v1/sso/clients', { trusted, metadata });
  if (answer.status !== 201) throw new Error(await answer.text());
  return answer.json();
}

/** A token with which clients register themselves. */
export async function registrationToken() {
  const security = await new Browser().signIn('security');
  const answer = await security.post('/api/v1/sso/registration-tokens', { purpose: 'e2e', uses: 10, hours: 1 });
  return (await answer.json()).token;
}
