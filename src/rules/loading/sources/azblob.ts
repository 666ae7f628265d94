/** `azblob://container/name`: Azure's client. Credentials: a key, a signature or a connection string from the environment, or the client's default credentials. */
import type { Readable } from 'node:stream'
import type * as Blobs from '@azure/storage-blob'
import { environment } from '../../../lib/environment.ts'
import type { Bucket, BucketKind } from './bucket.ts'
import { type BucketPlace, type PlaceProblem, placeProblem } from './bucket-place.ts'
import { lazily, loadSdk, type Sdk } from './sdk.ts'

export const azblob: BucketKind = {
  parameters: {
    storage_account: 'text',
    domain: 'text',
    protocol: 'text',
    cdn: 'flag',
    localemu: 'flag',
  },
  open: openBucket,
}

const packageName = '@azure/storage-blob'
const identityName = '@azure/identity'

/** Declared here because the package's own types need the types of a browser. */
interface Identity {
  readonly DefaultAzureCredential: new () => Blobs.AnonymousCredential
}

/** The service's address and our credentials; empty texts count as absent. */
interface Account {
  readonly url: string
  readonly name: string
  readonly key: string
  readonly signature: string
  readonly connection: string
}

function openBucket(place: BucketPlace): Bucket | PlaceProblem {
  const account = accountOf(place)
  if (account.name === '' && account.connection === '')
    return placeProblem('expected storage_account=NAME, or the variable AZURE_STORAGE_ACCOUNT')
  if (!/^https?:/.test(account.url))
    return placeProblem('parameter protocol: expected http or https')
  const connected = lazily(() => connect(account, place))
  return {
    read: async (known, signal) => {
      const found = await connected()
      if (found.kind === 'unavailable') return found
      const { etag, readableStreamBody: body } = await found.sdk.download(0, undefined, {
        abortSignal: signal,
        conditions: known === undefined ? {} : { ifNoneMatch: known },
        maxRetryRequests: 0,
      })
      return { kind: 'object', version: etag, body: body as Readable | undefined }
    },
  }
}

function accountOf(place: BucketPlace): Account {
  const variables = environment()
  const variable = (name: string): string => variables[`AZURE_STORAGE_${name}`] ?? ''
  const name = place.texts.get('storage_account') ?? variable('ACCOUNT')
  return {
    url: serviceUrl(place, name),
    name,
    key: variable('KEY'),
    signature: variable('SAS_TOKEN').replace(/^\?/, ''),
    connection: variable('CONNECTION_STRING'),
  }
}

/** The default address of Azurite's blob service. */
const emulator = '127.0.0.1:10000'
const isLocal = /^(?:localhost|127\.0\.0\.1)(?::|$)/

function serviceUrl({ texts, flags }: BucketPlace, account: string): string {
  const local = flags.has('localemu')
  const domain = texts.get('domain') ?? (local ? emulator : 'blob.core.windows.net')
  const protocol = texts.get('protocol') ?? (local ? 'http' : 'https')
  if (flags.has('cdn')) return `${protocol}://${domain}`
  if (local || isLocal.test(domain)) return `${protocol}://${domain}/${account}`
  return `${protocol}://${account}.${domain}`
}

async function connect(account: Account, place: BucketPlace): Promise<Sdk<Blobs.BlobClient>> {
  const loaded = await loadSdk<typeof Blobs>(packageName)
  if (loaded.kind === 'unavailable') return loaded
  const service = await serviceOf(account, loaded.sdk)
  if (service.kind === 'unavailable') return service
  const blob = service.sdk.getContainerClient(place.bucket).getBlobClient(place.key)
  return { kind: 'sdk', sdk: blob }
}

// Oarlock retries by itself.
const options: Blobs.StoragePipelineOptions = { retryOptions: { maxTries: 1 } }

/** Tries the credentials in Oathkeeper's order. */
async function serviceOf(
  account: Account,
  { BlobServiceClient, StorageSharedKeyCredential }: typeof Blobs,
): Promise<Sdk<Blobs.BlobServiceClient>> {
  const { url, name, key, signature, connection } = account
  const at = (
    place: string,
    credential?: Blobs.AnonymousCredential,
  ): Sdk<Blobs.BlobServiceClient> => ({
    kind: 'sdk',
    sdk: new BlobServiceClient(place, credential, options),
  })
  if (name !== '' && key !== '') return at(url, new StorageSharedKeyCredential(name, key))
  if (signature !== '') return at(`${url}?${signature}`)
  if (connection !== '')
    return { kind: 'sdk', sdk: BlobServiceClient.fromConnectionString(connection, options) }
  const identity = await loadSdk<Identity>(identityName)
  if (identity.kind === 'unavailable') return identity
  return at(url, new identity.sdk.DefaultAzureCredential())
}
