/** `s3://bucket/key`: Amazon's client and its credentials, over our own connections. */
import { Readable } from 'node:stream'
import type * as S3 from '@aws-sdk/client-s3'
import { textOf } from '../../../lib/bytes.ts'
import type { Http, HttpReply } from '../../../outbound/http.ts'
import type { Bucket, BucketKind } from './bucket.ts'
import type { BucketPlace } from './bucket-place.ts'
import { mostBytes } from './contract.ts'
import { lazily, loadSdk, type Sdk } from './sdk.ts'
import { timeout } from './source-retry.ts'

export const s3: BucketKind = {
  parameters: {
    endpoint: 'text',
    region: 'text',
    profile: 'text',
    anonymous: 'flag',
    disableSSL: 'flag',
    disable_https: 'flag',
    s3ForcePathStyle: 'flag',
    use_path_style: 'flag',
    accelerate: 'flag',
    dualstack: 'flag',
    fips: 'flag',
    awssdk: 'ignored',
    hostname_immutable: 'ignored',
    rate_limiter_capacity: 'ignored',
  },
  open: openBucket,
}

const packageName = '@aws-sdk/client-s3'

interface Connected {
  readonly client: S3.S3Client
  readonly GetObjectCommand: typeof S3.GetObjectCommand
}

function openBucket(place: BucketPlace, http: Http): Bucket {
  const connected = lazily(() => connect(place, http))
  return {
    read: async (known, signal) => {
      const found = await connected()
      if (found.kind === 'unavailable') return found
      const { client, GetObjectCommand } = found.sdk
      const command = new GetObjectCommand({
        Bucket: place.bucket,
        Key: place.key,
        IfNoneMatch: known,
      })
      const { Body, ETag } = await client.send(command, { abortSignal: signal })
      return { kind: 'object', version: ETag, body: Body as Readable | undefined }
    },
  }
}

async function connect(place: BucketPlace, http: Http): Promise<Sdk<Connected>> {
  const loaded = await loadSdk<typeof S3>(packageName)
  if (loaded.kind === 'unavailable') return loaded
  const { S3Client, GetObjectCommand } = loaded.sdk
  return { kind: 'sdk', sdk: { client: new S3Client(optionsOf(place, http)), GetObjectCommand } }
}

function optionsOf(place: BucketPlace, http: Http): S3.S3ClientConfig {
  const { texts, flags } = place
  const region = texts.get('region')
  const profile = texts.get('profile')
  const endpoint = endpointOf(place)
  return {
    ...(region && { region }),
    ...(profile && { profile }),
    ...(endpoint && { endpoint }),
    ...(flags.has('anonymous') && anonymous),
    ...(flags.has('accelerate') && { useAccelerateEndpoint: true }),
    ...(flags.has('dualstack') && { useDualstackEndpoint: true }),
    ...(flags.has('fips') && { useFipsEndpoint: true }),
    forcePathStyle: flags.has('s3ForcePathStyle') || flags.has('use_path_style'),
    // Oarlock retries by itself.
    maxAttempts: 1,
    // Checksums are of the compressed bytes, but our client decompresses.
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: handlerOn(http, isPlain(place)),
  }
}

const isPlain = ({ flags }: BucketPlace): boolean =>
  flags.has('disableSSL') || flags.has('disable_https')

/** The scheme may be missing, as in Oathkeeper. */
function endpointOf(place: BucketPlace): string | undefined {
  const endpoint = place.texts.get('endpoint')
  if (endpoint === undefined || endpoint.includes('://')) return endpoint
  return `${isPlain(place) ? 'http' : 'https'}://${endpoint}`
}

/** A signer that does not sign. */
const anonymous = {
  credentials: { accessKeyId: '', secretAccessKey: '' },
  signer: { sign: <T>(request: T): Promise<T> => Promise.resolve(request) },
}

/** A request as the SDK passes it to its HTTP handler. */
interface SdkRequest {
  readonly method: string
  readonly protocol: string
  readonly hostname: string
  readonly port?: number | undefined
  readonly path: string
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** Uses the proxies, certificate authorities and limits of all our calls. */
function handlerOn(http: Http, plain: boolean): NonNullable<S3.S3ClientConfig['requestHandler']> {
  const handle = async (
    request: SdkRequest,
    { abortSignal: signal }: { abortSignal?: unknown },
  ) => {
    const { host: _, ...headers } = request.headers
    const { body } = request
    const reply = await http.send({
      method: request.method,
      url: urlOf(request, plain),
      headers,
      ...((typeof body === 'string' || body instanceof Uint8Array) && { body: Buffer.from(body) }),
      ...(signal instanceof AbortSignal && { signal }),
      timeout,
      bytes: mostBytes,
    })
    if (reply.kind === 'failure') throw reply.cause ?? new Error(reply.info.reason)
    return { response: toResponse(reply) }
  }
  return { handle } as never
}

function urlOf({ protocol, hostname, port, path, query = {} }: SdkRequest, plain: boolean): string {
  const authority = port === undefined ? hostname : `${hostname}:${port}`
  const search = Object.entries(query).flatMap(([name, value]) =>
    [value ?? ''].flat().map(text => `${encode(name)}=${encode(text)}`),
  )
  return `${plain ? 'http:' : protocol}//${authority}${path}${search.length > 0 ? `?${search.join('&')}` : ''}`
}

/** Percent-encodes as signatures require. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  )

const toResponse = ({ status, headers, body }: HttpReply) => ({
  statusCode: status,
  headers: Object.fromEntries(
    [...headers].map(([name, values]) => [name.toLowerCase(), textOf(values.join(', '))]),
  ),
  body: Readable.from([body]),
})
