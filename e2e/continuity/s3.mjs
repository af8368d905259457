// A place for objects that speaks enough of S3: moto's server where it is installed, a small one of our own otherwise.

import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { connect } from 'node:net';

const BUCKET = 'city';
const KEY = 'an-access-key';

/** Starts one; gives its variables for the program, its name, what it holds, and how to end it. */
export async function startS3() {
  const installed = spawnSync('moto_server', ['--help'], { stdio: 'ignore' }).status === 0;
  const place = installed ? await moto() : await ours();
  const environment = {
    AWS_ENDPOINT: place.url, AWS_REGION: 'us-east-1', AWS_ALLOW_HTTP: 'true', AWS_ACCESS_KEY_ID: KEY, AWS_SECRET_ACCESS_KEY: 'a-secret',
  };
  return { ...place, url: `s3://${BUCKET}`, environment: { ...process.env, ...environment } };
}

async function moto() {
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  const url = `http://127.0.0.1:${port}`;
  const child = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  for (let tries = 0; !(await answers(port)); tries += 1) {
    if (tries > 200) throw new Error('moto_server does not start');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await fetch(`${url}/${BUCKET}`, { method: 'PUT' });
  return { name: 'moto', url, stop: () => child.kill('SIGKILL') };
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true) ?? socket.destroy());
    socket.on('error', () => resolve(false));
  });
}

async function ours() {
  const objects = new Map();
  const uploads = new Map();
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const answer = serve(objects, uploads, request, Buffer.concat(chunks));
    response.writeHead(answer.status, answer.headers).end(request.method === 'HEAD' ? undefined : answer.body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { name: 'our own', url: `http://127.0.0.1:${server.address().port}`, stop: () => server.closeAllConnections() ?? server.close() };
}

const xml = (status, body) => ({ status, headers: { 'content-type': 'application/xml' }, body: `<?xml version="1.0"?>${body}` });
const tag = (bytes) => `"${createHash('md5').update(bytes).digest('hex')}"`;

function serve(objects, uploads, request, body) {
  const { pathname, searchParams: asked } = new URL(request.url, 'http://s3');
  if (!request.headers.authorization?.includes(`Credential=${KEY}/`)) return xml(403, '<Error><Code>AccessDenied</Code></Error>');
  const name = decodeURIComponent(pathname).replace(`/${BUCKET}`, '').replace(/^\//, '');
  const { method } = request;
  if (method === 'GET' && name === '') return list(objects, asked.get('prefix') ?? '');
  if (asked.has('uploads') || asked.has('uploadId')) return multipart(objects, uploads, { method, name, asked, body });
  if (method === 'PUT') {
    objects.set(name, { bytes: body, at: new Date() });
    return { status: 200, headers: { etag: tag(body) } };
  }
  if (method === 'DELETE') {
    objects.delete(name);
    return { status: 204, headers: {} };
  }
  const found = objects.get(name);
  if (!found) return xml(404, '<Error><Code>NoSuchKey</Code></Error>');
  return { status: 200, headers: { etag: tag(found.bytes), 'last-modified': found.at.toUTCString(), 'content-length': found.bytes.length }, body: found.bytes };
}

function multipart(objects, uploads, { method, name, asked, body }) {
  const id = asked.get('uploadId') ?? randomUUID();
  if (asked.has('uploads')) {
    uploads.set(id, []);
    return xml(200, `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`);
  }
  if (method === 'PUT') {
    uploads.get(id)[Number(asked.get('partNumber'))] = body;
    return { status: 200, headers: { etag: tag(body) } };
  }
  if (method === 'POST') {
    const bytes = Buffer.concat(uploads.get(id).filter(Boolean));
    objects.set(name, { bytes, at: new Date() });
    return xml(200, `<CompleteMultipartUploadResult><ETag>${tag(bytes)}</ETag></CompleteMultipartUploadResult>`);
  }
  uploads.delete(id);
  return { status: 204, headers: {} };
}

function list(objects, prefix) {
  const found = [...objects].filter(([name]) => name.startsWith(prefix));
  const contents = found.map(([name, { bytes, at }]) => `<Contents><Key>${name}</Key><LastModified>${at.toISOString()}</LastModified><ETag>${tag(bytes)}</ETag><Size>${bytes.length}</Size></Contents>`);
  return xml(200, `<ListBucketResult><IsTruncated>false</IsTruncated><KeyCount>${found.length}</KeyCount>${contents.join('')}</ListBucketResult>`);
}
