/** The default credentials of cloud SDKs, from the places where clouds provide them. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { test } from 'node:test'
import { LightSignal } from '../../src/lib/signal.ts'
import { sourceOf } from '../../src/rules/loading/source.ts'
import { createAuthority } from '../support/certificates.ts'
import { startChild } from '../support/child.ts'
import { testDeps } from '../support/deps.ts'
import { root, temporaryFolder } from '../support/folder.ts'
import { listen } from '../support/listen.ts'
import { stubServer } from '../support/stub-server.ts'

test('gs: a token is requested from the metadata server, also with a custom endpoint', async t => {
  const metadata = await stubServer(t, ({ url }, response) => {
    response.setHeader('metadata-flavor', 'Google')
    response.setHeader('content-type', 'application/json')
    const token = { access_token: 'from-metadata', expires_in: 3600, token_type: 'Bearer' }
    response.end(url?.includes('/token') ? JSON.stringify(token) : '"x"')
  })
  const objects = await stubServer(t, ({ url }, response) => {
    const isMetadata = !url?.includes('alt=media')
    if (isMetadata) response.setHeader('content-type', 'application/json')
    response.end(isMetadata ? JSON.stringify({ generation: '1', size: '2' }) : '[]')
  })
  process.env['GCE_METADATA_HOST'] = metadata.origin.replace('http://', '')
  process.env['METADATA_SERVER_DETECTION'] = 'assume-present'
  const source = sourceOf(`gs://b/r?endpoint=${encodeURIComponent(objects.origin)}`, testDeps)
  const signal = new LightSignal()
  const read = await source.read({ version: undefined, retry: false, signal })
  assert.equal(read.kind, 'documents', JSON.stringify(read))
  assert.deepEqual(
    objects.calls.map(({ headers }) => headers.authorization),
    ['Bearer from-metadata', 'Bearer from-metadata'],
  )
})

test('azblob: a token is requested for the managed identity', async t => {
  const folder = temporaryFolder(t)
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const identity = await stubServer(t, (_, response) => {
    const expires = String(Math.floor(Date.now() / 1000) + 3600)
    const token = { access_token: 'from-identity', expires_on: expires, token_type: 'Bearer' }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ ...token, resource: 'https://storage.azure.com' }))
  })
  const authority = createAuthority()
  const seen: (string | undefined)[] = []
  const blobs = createServer(authority.issue('127.0.0.1'), ({ headers }, response) => {
    seen.push(headers.authorization)
    response.writeHead(200, { etag: '"1"', 'content-length': 2 }).end('[]')
  })
  const location = `azblob://c/r?storage_account=a&domain=127.0.0.1:${await listen(t, blobs)}`
  const config = write(
    'oarlock.json',
    JSON.stringify({ access_rules: { repositories: [location] } }),
  )
  const child = startChild(t, {
    command: [process.execPath, join(root, 'dist', 'main.js'), 'validate', '-c', config],
    logFile: join(folder, 'log'),
    // The trusted certificates of a process cannot be changed later.
    env: {
      NODE_EXTRA_CA_CERTS: write('authority.pem', authority.cert),
      IDENTITY_ENDPOINT: identity.origin,
      IDENTITY_HEADER: 'header',
    },
  })
  assert.equal(await child.exitCode, 0, child.log())
  assert.deepEqual(seen, ['Bearer from-identity'])
})
