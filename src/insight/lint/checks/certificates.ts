/** `expired-key` of certificates. */
import { resolve } from 'node:path'
import { certificateEnd, dayOf } from '../certificate-end.ts'
import type { Check, Draft } from '../draft.ts'
import type { Path } from '../linted.ts'
import { readBounded } from '../read-bounded.ts'

const largestFile = 4 * 2 ** 20

/** Certificates that Oarlock shows: those of its ports, and the one for calls. */
export const checkCertificates: Check = async ({ loaded }) => {
  const { serve, outbound } = loaded.config
  const sections = [
    ...(['api', 'proxy', 'grpc'] as const).map(
      door => [serve[door].tls.cert, ['serve', door, 'tls', 'cert']] as const,
    ),
    [outbound?.tls?.cert, ['outbound', 'tls', 'cert']] as const,
  ]
  const drafts = await Promise.all(sections.map(([source, path]) => certificateDraft(source, path)))
  return drafts.flat()
}

interface Source {
  readonly path?: string
  readonly base64?: string
}

async function certificateDraft(source: Source | undefined, path: Path): Promise<readonly Draft[]> {
  const pem = source?.path
    ? await readBounded(resolve(source.path), largestFile)
    : Buffer.from(source?.base64 ?? '', 'base64').toString()
  const end = pem === '' ? undefined : certificateEnd(pem)
  if (end === undefined || end > Date.now()) return []
  const message = `${path.join('.')}: the certificate has expired ${dayOf(end)}`
  return [{ code: 'expired-key', message, path }]
}
