/** The three bucket services: their locations and their emulators. */
import { join } from 'node:path'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob'
import { Storage } from '@google-cloud/storage'
import { connects } from '../conformance/ready.ts'
import { startChild } from './child.ts'
import type { Cleanup } from './cleanup.ts'
import { root, temporaryFolder } from './folder.ts'
import { freePort, loopback } from './ports.ts'
import { until } from './until.ts'

export interface BucketService {
  /** A location whose requests go to the server at this origin. */
  readonly location: (origin: string, name: string) => string
  /** The emulator, as `.ci/buckets.sh` installs it. */
  readonly command: (port: string) => readonly [program: string, ...args: string[]]
  /** Writes the object into the emulator. */
  readonly put: (origin: string, name: string, text: string) => Promise<unknown>
}

/** The public default key of Azurite. */
export const azureAccount = 'devstoreaccount1'
export const azureKey =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

const bucket = 'oarlock-rules'
const installed = join(root, '.cache', 'buckets')

const s3: BucketService = {
  location: (origin, name) =>
    `s3://${bucket}/${name}?endpoint=${encodeURIComponent(origin)}&region=eu-west-1&s3ForcePathStyle=true`,
  command: port => [join(installed, 'venv', 'bin', 'moto_server'), '-H', loopback, '-p', port],
  put: async (origin, name, text) => {
    const client = new S3Client({ endpoint: origin, region: 'us-east-1', forcePathStyle: true })
    await client.send(new CreateBucketCommand({ Bucket: bucket }))
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: name, Body: text }))
  },
}

const gs: BucketService = {
  location: (origin, name) =>
    `gs://${bucket}/${name}?endpoint=${encodeURIComponent(origin)}&anonymous=true`,
  command: port => [
    join(installed, 'bin', 'fake-gcs-server'),
    ...['-scheme', 'http', '-backend', 'memory', '-host', loopback, '-port', port],
    ...['-public-host', `${loopback}:${port}`],
  ],
  put: async (origin, name, text) => {
    const storage = new Storage({ apiEndpoint: origin, projectId: 'oarlock' })
    const place = storage.bucket(bucket)
    const [exists] = await place.exists()
    if (!exists) await place.create()
    await place.file(name).save(text, { resumable: false })
  },
}

const azblob: BucketService = {
  location: (origin, name) =>
    `azblob://${bucket}/${name}?storage_account=${azureAccount}&protocol=http&localemu=true&domain=${origin.replace('http://', '')}`,
  command: port => [
    process.execPath,
    join(installed, 'npm', 'node_modules', 'azurite', 'dist', 'src', 'blob', 'main.js'),
    // The emulator does not support the newest protocol version.
    ...['--silent', '--skipApiVersionCheck', '--inMemoryPersistence'],
    ...['--blobHost', loopback, '--blobPort', port],
  ],
  put: async (origin, name, text) => {
    const credential = new StorageSharedKeyCredential(azureAccount, azureKey)
    const service = new BlobServiceClient(`${origin}/${azureAccount}`, credential)
    const container = service.getContainerClient(bucket)
    await container.createIfNotExists()
    await container.getBlockBlobClient(name).upload(text, Buffer.byteLength(text))
  },
}

export const bucketServices = { s3, gs, azblob } as const

/** Starts the emulator and returns its origin; undefined when recordings are used. */
export async function startEmulator(
  t: Cleanup,
  { command }: BucketService,
): Promise<string | undefined> {
  if (!process.env['OARLOCK_BUCKETS']) return undefined
  const port = await freePort()
  const logFile = join(temporaryFolder(t), 'emulator.log')
  const child = startChild(t, { command: command(String(port)), logFile })
  await until(async () => {
    if (!child.running()) throw new Error(child.log())
    return connects(port)
  }, 'the emulator listens')
  return `http://${loopback}:${port}`
}
