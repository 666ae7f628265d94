/** `gs://bucket/name`: Google's client, with its default credentials. */
import type * as Storage from '@google-cloud/storage'
import { environment } from '../../../lib/environment.ts'
import type { Bucket, BucketKind, ObjectRead } from './bucket.ts'
import type { BucketPlace } from './bucket-place.ts'
import { mostBytes, unavailable } from './contract.ts'
import { lazily, loadSdk, type Sdk } from './sdk.ts'
import { timeout } from './source-retry.ts'

export const gs: BucketKind = {
  parameters: {
    endpoint: 'text',
    anonymous: 'flag',
    access_id: 'ignored',
    private_key_path: 'ignored',
    universe: 'ignored',
    universe_domain: 'ignored',
  },
  open: openBucket,
}

const packageName = '@google-cloud/storage'

/** Any other spelling would count as a custom endpoint, which is called without credentials. */
const publicEndpoint = 'https://storage.googleapis.com/'

function openBucket(place: BucketPlace): Bucket {
  const connected = lazily(() => connect(place))
  return {
    read: async known => {
      const found = await connected()
      return found.kind === 'unavailable' ? found : readObject(found.sdk, known)
    },
  }
}

/** The client has no conditional reading, so the generation is requested first. */
async function readObject(file: Storage.File, known: string | undefined): Promise<ObjectRead> {
  const [{ generation, size }] = await file.getMetadata()
  const version = generation === undefined ? undefined : String(generation)
  if (version !== undefined && version === known) return { kind: 'unchanged' }
  if (Number(size) > mostBytes) return unavailable(`the object is longer than ${mostBytes} bytes`)
  return { kind: 'object', version, body: file.createReadStream() }
}

async function connect(place: BucketPlace): Promise<Sdk<Storage.File>> {
  const emulator = environment()['STORAGE_EMULATOR_HOST'] || undefined
  const loaded = await loadSdk<typeof Storage>(packageName)
  if (loaded.kind === 'unavailable') return loaded
  const endpoint = withScheme(place.texts.get('endpoint') ?? emulator)
  const anonymous = place.flags.has('anonymous')
  const apiEndpoint = endpoint ?? (anonymous ? publicEndpoint : undefined)
  const storage = new loaded.sdk.Storage({
    ...(apiEndpoint && { apiEndpoint }),
    useAuthWithCustomEndpoint: !anonymous && emulator === undefined,
    timeout,
    // Oarlock retries by itself.
    retryOptions: { autoRetry: false },
  })
  // Otherwise the client would use the text of the variable unchanged.
  storage.baseUrl = `${storage.apiEndpoint}/storage/v1`
  return { kind: 'sdk', sdk: storage.bucket(place.bucket).file(place.key) }
}

/** In Go clients the variable is a host and a port without a scheme. */
const withScheme = (endpoint: string | undefined): string | undefined =>
  endpoint === undefined || endpoint.includes('://') ? endpoint : `http://${endpoint}`
