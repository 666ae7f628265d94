/** Certificates for tests: an authority, and the certificates that it signs. */
import { generateKeyPairSync } from 'node:crypto'
import forge from 'node-forge'

export interface Identity {
  readonly key: string
  readonly cert: string
}

export interface Authority {
  readonly cert: string
  /** For `localhost`, 127.0.0.1 and, if given, another host. */
  readonly issue: (name: string, host?: string) => Identity
}

const day = 86_400_000
let serial = 1

/** `days` is the lifetime of the authority and of what it signs, from now on. */
export function createAuthority(name = 'test authority', { days = 1 } = {}): Authority {
  const pair = newPair()
  const own = certificate(name, name, pair.publicKey)
  own.validity.notAfter = new Date(Date.now() + days * day)
  own.setExtensions([{ name: 'basicConstraints', cA: true }])
  own.sign(pair.privateKey, forge.md.sha256.create())
  return {
    cert: forge.pki.certificateToPem(own),
    issue: (subject, host) => {
      const { publicKey, privateKey, pem } = newPair()
      const issued = certificate(subject, name, publicKey)
      issued.validity.notAfter = new Date(Date.now() + days * day)
      issued.setExtensions([
        {
          name: 'subjectAltName',
          altNames: [
            { type: 2, value: 'localhost' },
            { type: 7, ip: '127.0.0.1' },
            ...(host === undefined ? [] : [{ type: 2, value: host }]),
          ],
        },
      ])
      issued.sign(pair.privateKey, forge.md.sha256.create())
      void privateKey
      return { key: pem, cert: forge.pki.certificateToPem(issued) }
    },
  }
}

function newPair() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const key = forge.pki.privateKeyFromPem(pem)
  return { pem, privateKey: key, publicKey: forge.pki.setRsaPublicKey(key.n, key.e) }
}

function certificate(subject: string, issuer: string, publicKey: forge.pki.PublicKey) {
  const made = forge.pki.createCertificate()
  serial += 1
  made.serialNumber = `0${serial}`
  made.publicKey = publicKey
  made.validity.notBefore = new Date(Date.now() - 2 * day)
  made.validity.notAfter = new Date(Date.now() + day)
  made.setSubject([{ name: 'commonName', value: subject }])
  made.setIssuer([{ name: 'commonName', value: issuer }])
  return made
}
