// The middleware `passport-openidconnect` (Jared Hanson), an independent relying party without PKCE.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import Strategy from 'passport-openidconnect';
import { Browser, register, url } from '../lib/city.mjs';

const CALLBACK = 'http://127.0.0.1:1/cb';

/** Runs the strategy on a request and says what it decided. */
function run(strategy, request) {
  return new Promise((resolve) => {
    const attempt = Object.create(strategy);
    for (const outcome of ['redirect', 'success', 'fail', 'error']) attempt[outcome] = (...what) => resolve({ outcome, what });
    attempt.authenticate(request, {});
  });
}

async function strategy() {
  const client = await register({ redirect_uris: [CALLBACK], client_name: 'passport', scope: 'openid profile', token_endpoint_auth_method: 'client_secret_post' });
  return new Strategy({
    issuer: url, authorizationURL: `${url}/oauth/authorize`, tokenURL: `${url}/oauth/token`, userInfoURL: `${url}/oauth/userinfo`,
    clientID: client.client_id, clientSecret: client.client_secret, callbackURL: CALLBACK, scope: ['profile'], nonce: true, skipUserProfile: false,
  }, (issuer, profile, done) => done(null, { issuer, profile }));
}

test('a person signs in through the middleware', async () => {
  const passport = await strategy();
  const session = {};
  const asked = await run(passport, { session, query: {}, headers: {} });
  assert.equal(asked.outcome, 'redirect', String(asked.what[0]));
  const back = await (await new Browser().signIn('leader')).visit(asked.what[0]);
  const done = await run(passport, { session, query: Object.fromEntries(back.searchParams), headers: {} });
  assert.equal(done.outcome, 'success', String(done.what[0]));
  const { issuer, profile } = done.what[0];
  assert.equal(issuer, url);
  assert.equal(profile.username, 'leader');
});

test('an answer that was not asked for is refused', async () => {
  const passport = await strategy();
  const done = await run(passport, { session: {}, query: { code: 'x', state: 'made-up' }, headers: {} });
  assert.equal(done.outcome, 'fail');
});

test('a person who says no is a failure the middleware understands', async () => {
  const passport = await strategy();
  const session = {};
  const asked = await run(passport, { session, query: {}, headers: {} });
  const silent = new URL(asked.what[0]);
  silent.searchParams.set('prompt', 'none');
  const back = await new Browser().visit(silent);
  assert.equal(back.searchParams.get('error'), 'login_required');
  const done = await run(passport, { session, query: Object.fromEntries(back.searchParams), headers: {} });
  assert.notEqual(done.outcome, 'success');
});
