// The certified provider `oidc-provider` with what the benchmark asks of it: client_credentials and introspection, in memory.

import Provider from 'oidc-provider';

const port = Number(process.env.PORT ?? 8399);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: 'bench', client_secret: 'bench-secret', grant_types: ['client_credentials'], redirect_uris: [], response_types: [],
  }],
  features: { clientCredentials: { enabled: true }, introspection: { enabled: true }, devInteractions: { enabled: false } },
});
provider.listen(port, '127.0.0.1', () => console.log(`oidc-provider on 127.0.0.1:${port}`));
