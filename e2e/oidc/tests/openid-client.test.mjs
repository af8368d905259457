// The certified relying party `openid-client` (by the author of the Node OpenID certification suite) against this provider.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import * as jose from 'jose';
import * as oidc from 'openid-client';
import { Browser, register, registrationToken, url } from '../lib/city.mjs';

const CALLBACK = 'https://rp.example/cb';
const insecure = { execute: [oidc.allowInsecureRequests] };

const metadata = (more = {}) => ({
  redirect_uris: [CALLBACK], client_name: '公文系统',
  grant_types: ['authorization_code', 'refresh_token'], scope: 'openid profile post offline_access', ...more,
});

async function discovered(client, auth) {
  return oidc.discovery(new URL(url), client.client_id, { ...client }, auth, insecure);
}

/** Signs in with everything the library checks: state, nonce, PKCE, issuer of the answer, signature, at_hash. */
async function signIn(config, login, more = {}, checks = {}) {
  const code_verifier = oidc.randomPKCECodeVerifier();
  const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
  const parameters = {
    redirect_uri: CALLBACK, scope: 'openid profile post', state, nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(code_verifier), code_challenge_method: 'S256', ...more,
  };
  const address = checks.push ? await oidc.buildAuthorizationUrlWithPAR(config, parameters) : oidc.buildAuthorizationUrl(config, parameters);
  const browser = await new Browser().signIn(login);
  const back = await browser.visit(address);
  const tokens = await oidc.authorizationCodeGrant(config, back, {
    pkceCodeVerifier: code_verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true, ...checks.grant,
  });
  return { browser, tokens };
}

for (const alg of ['RS256', 'ES256']) {
  test(`a person signs in with PKCE and an ID token signed with ${alg}`, async () => {
    const client = await register(metadata({ id_token_signed_response_alg: alg }));
    const config = await discovered(client, oidc.ClientSecretBasic(client.client_secret));
    const { tokens } = await signIn(config, 'seat', { max_age: '3600' }, { grant: { maxAge: 3600 } });
    assert.equal(jose.decodeProtectedHeader(tokens.id_token).alg, alg);
    const claims = tokens.claims();
    assert.equal(claims.aud, client.client_id);
    const person = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
    assert.equal(person.preferred_username, 'seat');
    assert.ok(person.roles.includes('city-care.seat'));
  });
}

test('a secret in the form, a signed assertion and no secret at all', async () => {
  const posting = await register(metadata({ token_endpoint_auth_method: 'client_secret_post' }));
  await signIn(await discovered(posting, oidc.ClientSecretPost(posting.client_secret)), 'seat');
  const { publicKey, privateKey } = await jose.generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await jose.exportJWK(publicKey)), kid: 'k', alg: 'ES256', use: 'sig' };
  const signing = await register(metadata({ token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [jwk] } }));
  await signIn(await discovered(signing, oidc.PrivateKeyJwt({ key: privateKey, kid: 'k' })), 'seat');
  const open = await register(metadata({ token_endpoint_auth_method: 'none' }));
  await signIn(await discovered(open, oidc.None()), 'seat');
});

test('a pushed request', async () => {
  const client = await register(metadata({ require_pushed_authorization_requests: true }));
  const config = await discovered(client, oidc.ClientSecretBasic(client.client_secret));
  await signIn(config, 'leader', {}, { push: true });
});

test('refresh, introspection, revocation', async () => {
  const client = await register(metadata());
  const config = await discovered(client, oidc.ClientSecretBasic(client.client_secret));
  const { tokens } = await signIn(config, 'seat', { scope: 'openid offline_access' });
  const fresh = await oidc.refreshTokenGrant(config, tokens.refresh_token);
  assert.equal(fresh.claims().sub, tokens.claims().sub);
  assert.equal((await oidc.tokenIntrospection(config, fresh.access_token)).active, true);
  await oidc.tokenRevocation(config, fresh.refresh_token);
  assert.equal((await oidc.tokenIntrospection(config, fresh.access_token)).active, false);
  await assert.rejects(oidc.refreshTokenGrant(config, tokens.refresh_token), { error: 'invalid_grant' });
});

test('a service asks for itself', async () => {
  const client = await register({ grant_types: ['client_credentials'], scope: 'scim' });
  const config = await discovered(client, oidc.ClientSecretBasic(client.client_secret));
  const tokens = await oidc.clientCredentialsGrant(config, { scope: 'scim' });
  assert.equal(tokens.scope, 'scim');
  await assert.rejects(oidc.clientCredentialsGrant(config, { scope: 'authzen' }), { error: 'invalid_scope' });
});

test('a client registers itself', async () => {
  const config = await oidc.dynamicClientRegistration(new URL(url), metadata({ client_name: 'rp' }), undefined, {
    ...insecure, initialAccessToken: await registrationToken(),
  });
  assert.ok(config.clientMetadata().client_id);
});

test('an answer of another issuer, a wrong state and a wrong nonce are noticed by the library', async () => {
  const client = await register(metadata());
  const config = await discovered(client, oidc.ClientSecretBasic(client.client_secret));
  const browser = await new Browser().signIn('seat');
  const code_verifier = oidc.randomPKCECodeVerifier();
  const ask = async (nonce) => browser.visit(oidc.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK, scope: 'openid', state: 's', nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(code_verifier), code_challenge_method: 'S256',
  }));
  const exchange = (back, checks) => oidc.authorizationCodeGrant(config, back, { pkceCodeVerifier: code_verifier, expectedState: 's', expectedNonce: 'n', ...checks });
  const mixed = await ask('n');
  mixed.searchParams.set('iss', 'https://evil.example');
  await assert.rejects(exchange(mixed, {}));
  await assert.rejects(exchange(await ask('n'), { expectedState: 'other' }));
  await assert.rejects(exchange(await ask('other'), {}));
});

test('signing out tells the other systems', async () => {
  let heard;
  const told = new Promise((resolve) => { heard = resolve; });
  const listener = createServer((request, answer) => {
    let body = '';
    request.on('data', (part) => { body += part; });
    request.on('end', () => { answer.end(); heard({ type: request.headers['content-type'], body }); });
  });
  await new Promise((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const bye = 'https://rp.example/bye';
  const client = await register(metadata({
    post_logout_redirect_uris: [bye], backchannel_logout_uri: `http://127.0.0.1:${listener.address().port}/bcl`, backchannel_logout_session_required: true,
  }));
  const config = await discovered(client, oidc.ClientSecretBasic(client.client_secret));
  const { browser, tokens } = await signIn(config, 'seat');
  const address = oidc.buildEndSessionUrl(config, { id_token_hint: tokens.id_token, post_logout_redirect_uri: bye, state: 'z' });
  assert.equal((await browser.visit(address)).href, `${bye}?state=z`);
  const { type, body } = await told;
  listener.close();
  assert.match(type, /^application\/x-www-form-urlencoded/);
  const keys = jose.createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri));
  const { payload, protectedHeader } = await jose.jwtVerify(new URLSearchParams(body).get('logout_token'), keys, {
    issuer: url, audience: client.client_id, typ: 'logout+jwt', maxTokenAge: '2m', requiredClaims: ['jti', 'sid', 'sub', 'events'],
  });
  assert.equal(payload.sid, tokens.claims().sid);
  assert.equal(protectedHeader.alg, 'RS256');
  assert.equal('nonce' in payload, false);
  await assert.rejects(oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub));
});
