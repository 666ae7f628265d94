/**
 * Buckets that are slow, down, too large or strange, and secrets that no message contains. The SDKs are the real
 * ones.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { LightSignal } from '../../src/lib/signal.ts'
import { createHttp, type Http } from '../../src/outbound/http.ts'
import { sourceOf } from '../../src/rules/loading/source.ts'
import { mostBytes, type SourceRead } from '../../src/rules/loading/sources/contract.ts'
import { loadSdk } from '../../src/rules/loading/sources/sdk.ts'
import { azureAccount, azureKey, bucketServices } from '../support/bucket-services.ts'
import { temporaryFolder } from '../support/folder.ts'
import { deadOrigin, stubServer } from '../support/stub-server.ts'
import { until } from '../support/until.ts'

const secret = 'hush-aws'
const given = {
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: secret,
  AWS_EC2_METADATA_DISABLED: 'true',
  AZURE_STORAGE_KEY: azureKey,
}
Object.assign(process.env, given)

/** undefined: the object does not exist. */
function withVariables(t: TestContext, variables: Record<string, string | undefined>): void {
  const set = (all: Record<string, string | undefined>) => {
    for (const [name, value] of Object.entries(all)) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
  const before = Object.fromEntries(Object.keys(variables).map(name => [name, process.env[name]]))
  set(variables)
  t.after(() => set(before))
}

function client(t: TestContext): Http {
  const http = createHttp({ timeout: 2000, concurrent: 4, bytes: 1000 })
  t.after(() => http.close())
  return http
}

interface Ask {
  readonly location: string
  readonly retry?: boolean
  readonly signal?: LightSignal
  readonly version?: string
}

const ask = (t: TestContext, options: Ask): Promise<SourceRead> => {
  const { location, retry = false, signal = new LightSignal(), version } = options
  return sourceOf(location, { http: client(t) }).read({ version, retry, signal })
}

const kinds = ['s3', 'gs', 'azblob'] as const
const tags = { etag: '"1"', 'content-type': 'application/octet-stream' }

/** One object, answered in the form of each of the three services. */
const objectOf =
  (body: Buffer): RequestListener =>
  ({ url }, response) => {
    const isMetadata = url?.includes('/storage/v1/') && !url.includes('alt=media')
    const bytes = isMetadata
      ? Buffer.from(JSON.stringify({ generation: '1', size: `${body.length}` }))
      : body
    const type = isMetadata ? { 'content-type': 'application/json' } : {}
    response.writeHead(200, { ...tags, ...type, 'content-length': bytes.length }).end(bytes)
  }

for (const kind of kinds) {
  const { location } = bucketServices[kind]

  test(`${kind}: a failing request is retried if time is left, and made once otherwise`, async t => {
    let calls = 0
    const flaky: RequestListener = (request, response) =>
      ++calls === 1 ? response.writeHead(503).end() : objectOf(Buffer.from('[]'))(request, response)
    const stub = await stubServer(t, flaky)
    const once = await ask(t, { location: location(stub.origin, 'r') })
    assert.ok(once.kind === 'unavailable')
    assert.match(once.message, /^answered with 503: /)
    calls = 0
    const twice = await ask(t, { location: location(stub.origin, 'r'), retry: true })
    assert.equal(twice.kind, 'documents')
  })

  test(`${kind}: a service that is down is reported with its error`, async t => {
    const read = await ask(t, { location: location(await deadOrigin(), 'r') })
    assert.ok(read.kind === 'unavailable')
    assert.match(read.message, /ECONNREFUSED/)
  })

  test(`${kind}: an object above the limit is refused`, async t => {
    const stub = await stubServer(t, objectOf(Buffer.alloc(mostBytes + 1, ' ')))
    const read = await ask(t, { location: location(stub.origin, 'r') })
    assert.ok(read.kind === 'unavailable')
    assert.match(read.message, /longer than 67108864 bytes/)
  })

  test(`${kind}: a request that is never answered ends when the source is closed`, async t => {
    const stub = await stubServer(t, () => undefined)
    const signal = new LightSignal()
    const read = ask(t, { location: location(stub.origin, 'r'), retry: true, signal })
    await until(() => stub.calls.length > 0, 'the service received the request')
    signal.abort()
    assert.equal((await read).kind, 'unavailable')
    assert.equal(stub.calls.length, 1)
  })

  test(`${kind}: messages do not contain URL parameters`, t => {
    const source = sourceOf(location('http://u:hush@h:1', 'r'), { http: client(t) })
    assert.equal(source.shown, `${kind}://oarlock-rules/r`)
    assert.equal(source.reach, 'remote')
  })

  test(`${kind}: unknown URL parameters are named, without their values`, async t => {
    const source = sourceOf(`${kind}://b/r?colour=hush&sig=hush`, { http: client(t) })
    const read = await ask(t, { location: `${kind}://b/r?colour=hush&sig=hush` })
    assert.ok(read.kind === 'unavailable')
    assert.match(read.message, /^unknown parameters: colour, sig; known are /)
    assert.doesNotMatch(read.message + source.shown, /hush/)
    assert.equal(source.reach, 'fixed')
  })
}

// Google's client does not notice the end; the time limit ends the read.
for (const kind of ['s3', 'azblob'] as const) {
  test(`${kind}: an object that breaks off in the middle is an error`, async t => {
    const half: RequestListener = (_, response) => {
      response.writeHead(200, { ...tags, 'content-length': 1000 }).write('[{"id":"a"}]')
      setTimeout(() => response.destroy(), 50)
    }
    const stub = await stubServer(t, half)
    assert.equal(
      (await ask(t, { location: bucketServices[kind].location(stub.origin, 'r') })).kind,
      'unavailable',
    )
  })
}

for (const [location, message] of [
  ['s3://bucket', /expected a bucket and the name/],
  ['s3://bucket/', /expected a bucket and the name/],
  ['gs:///name', /expected a bucket and the name/],
  ['gs://b/%zz', /malformed escape/],
  ['s3://b/r?anonymous=perhaps', /parameter anonymous: expected true or false/],
  ['azblob://c/r', /expected storage_account=NAME/],
  ['azblob://c/r?storage_account=a&protocol=ftp', /protocol: expected http or https/],
] as const) {
  test(`a location that is not valid is reported at once: ${location}`, async t => {
    const read = await ask(t, { location, retry: true })
    assert.ok(read.kind === 'unavailable')
    assert.match(read.message, message)
  })
}

test('a missing package is reported by its name', async () => {
  assert.deepEqual(await loadSdk('@oarlock/no-such-package'), {
    kind: 'unavailable',
    message: 'install @oarlock/no-such-package',
  })
})

const ok = objectOf(Buffer.from('[]'))

test('s3: requests are signed unless the location is anonymous, and an endpoint needs no scheme', async t => {
  const stub = await stubServer(t, ok)
  const place = stub.origin.replace('http://', '')
  const location = `s3://b/r?region=eu-west-1&endpoint=${place}&disableSSL=true&use_path_style=true`
  await ask(t, { location })
  await ask(t, { location: `${location}&anonymous=true` })
  const [signed, anonymous] = stub.calls.map(({ headers }) => headers.authorization)
  assert.match(signed ?? '', /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/.*\/eu-west-1\/s3\//)
  assert.equal(anonymous, undefined)
  assert.deepEqual(
    stub.calls.map(({ url }) => url?.replace(/\?.*/, '')),
    ['/b/r', '/b/r'],
  )
})

test('s3: credentials of a Kubernetes service account come from the token service', async t => {
  const tokenFile = join(temporaryFolder(t), 'token')
  writeFileSync(tokenFile, 'service-account-token')
  const bodies: string[] = []
  const tokens = await stubServer(t, async (request, response) => {
    for await (const chunk of request) bodies.push(String(chunk))
    response.writeHead(200, { 'content-type': 'text/xml' }).end(credentialsXml)
  })
  const stub = await stubServer(t, ok)
  withVariables(t, {
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
    AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/rules',
    AWS_ENDPOINT_URL_STS: tokens.origin,
  })
  const read = await ask(t, { location: bucketServices.s3.location(stub.origin, 'r') })
  assert.equal(read.kind, 'documents')
  assert.match(bodies.join(''), /WebIdentityToken=service-account-token/)
  assert.match(stub.calls[0]?.headers.authorization ?? '', /Credential=ASIATEMPORARY\//)
})

const credentialsXml = `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIATEMPORARY</AccessKeyId><SecretAccessKey>x</SecretAccessKey>
<SessionToken>y</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>`

test("gs: the emulator's variable works with and without a scheme, and sends no credentials", async t => {
  const stub = await stubServer(t, ok)
  for (const value of [stub.origin, stub.origin.replace('http://', ''), `${stub.origin}/`]) {
    withVariables(t, { STORAGE_EMULATOR_HOST: value })
    assert.equal((await ask(t, { location: 'gs://b/dir/r.json?access_id=x' })).kind, 'documents')
  }
  for (const { url, headers } of stub.calls) {
    assert.match(url ?? '', /^\/storage\/v1\/b\/b\/o\/dir%2Fr\.json/)
    assert.equal(headers.authorization, undefined)
  }
})

test('azblob: a SAS signature is sent, and not shown when it is rejected', async t => {
  const stub = await stubServer(t, (_, response) => response.writeHead(403).end())
  withVariables(t, { AZURE_STORAGE_KEY: undefined, AZURE_STORAGE_SAS_TOKEN: '?sv=1&sig=hush' })
  const location = bucketServices.azblob.location(stub.origin, 'r')
  const read = await ask(t, { location })
  assert.ok(read.kind === 'unavailable')
  assert.match(stub.calls[0]?.url ?? '', /\/oarlock-rules\/r\?sv=1&sig=hush$/)
  assert.match(read.message, /^answered with 403: /)
  assert.doesNotMatch(read.message, /hush/)
})

test('azblob: the account comes from a variable, or from a connection string', async t => {
  const stub = await stubServer(t, ok)
  const domain = stub.origin.replace('http://', '')
  withVariables(t, { AZURE_STORAGE_ACCOUNT: azureAccount })
  await ask(t, { location: `azblob://c/r?protocol=http&domain=${domain}` })
  const connection = `DefaultEndpointsProtocol=http;AccountName=${azureAccount};AccountKey=${azureKey};BlobEndpoint=${stub.origin}/${azureAccount};`
  withVariables(t, {
    AZURE_STORAGE_ACCOUNT: undefined,
    AZURE_STORAGE_KEY: undefined,
    AZURE_STORAGE_CONNECTION_STRING: connection,
  })
  assert.equal((await ask(t, { location: 'azblob://c/r' })).kind, 'documents')
  assert.deepEqual(
    stub.calls.map(({ url, headers }) => [url, headers.authorization?.split(':')[0]]),
    [
      [`/${azureAccount}/c/r`, `SharedKey ${azureAccount}`],
      [`/${azureAccount}/c/r`, `SharedKey ${azureAccount}`],
    ],
  )
})
