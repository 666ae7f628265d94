/** The client as templates see it (`.MatchContext.Client`): read when a template does, from the request. */
import { bytesOf } from '../../lib/bytes.ts'
import { type CertificateView, readCertificate } from '../../lib/certificate.ts'
import type { Client } from '../../model/request.ts'
import { timeType, timeValue } from '../time/time-type.ts'
import { utc } from '../time/zone.ts'
import { callError } from './call-error.ts'
import { type Known, knownStruct, knownText, knownTexts } from './known.ts'
import { pointer, type StructType, strings, type Value } from './value.ts'

const certificateFields: readonly (readonly [
  name: string,
  json: string,
  type: Known,
  read: (certificate: CertificateView) => Value,
])[] = [
  ['Subject', 'subject', knownText, ({ subject }) => bytesOf(subject)],
  ['Issuer', 'issuer', knownText, ({ issuer }) => bytesOf(issuer)],
  ['DNS', 'dns', knownTexts, ({ dns }) => strings(dns.map(bytesOf))],
  ['URIs', 'uris', knownTexts, ({ uris }) => strings(uris.map(bytesOf))],
  ['SPIFFE', 'spiffe', knownText, ({ spiffe }) => bytesOf(spiffe)],
  ['Fingerprint', 'fingerprint', knownText, ({ fingerprint }) => fingerprint],
  ['NotAfter', 'not_after', knownStruct(timeType), ({ notAfter }) => instantOf(notAfter)],
]

const instantOf = (milliseconds: number): Value =>
  timeValue({ nanoseconds: BigInt(milliseconds) * 1_000_000n, zone: utc })

const certificateType: StructType = {
  name: 'oarlock.Certificate',
  fields: new Map(
    certificateFields.map(([name, json, , read]) => [
      name,
      { json, read: target => read(target as CertificateView) },
    ]),
  ),
  methods: new Map(),
}

/** nil without a certificate, so that `with` and `if` ask whether there is one. */
function certificateOf({ certificate }: Client): Value {
  if (certificate === undefined) return pointer(certificateType, null)
  try {
    return pointer(certificateType, readCertificate(certificate))
  } catch {
    throw callError('the certificate of the client cannot be read')
  }
}

export const clientType: StructType = {
  name: 'oarlock.Client',
  fields: new Map([
    ['Address', { json: 'address', read: of => (of as Client).address ?? '' }],
    ['Principal', { json: 'principal', read: of => (of as Client).principal ?? '' }],
    ['Certificate', { json: 'certificate', read: of => certificateOf(of as Client) }],
  ]),
  methods: new Map(),
}

/** The types of its members, and of those of the certificate. */
export const clientMembers: readonly (readonly [StructType, ReadonlyMap<string, Known>])[] = [
  [
    clientType,
    new Map([
      ['Address', knownText],
      ['Principal', knownText],
      ['Certificate', knownStruct(certificateType)],
    ]),
  ],
  [certificateType, new Map(certificateFields.map(([name, , type]) => [name, type]))],
]
