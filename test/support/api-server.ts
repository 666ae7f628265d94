/** The real kube-apiserver over etcd, as `.ci/kubernetes.sh` built it; both end with the test. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { startChild } from './child.ts'
import type { Cleanup } from './cleanup.ts'
import { root, temporaryFolder } from './folder.ts'
import { freePort, loopback } from './ports.ts'
import { until } from './until.ts'

export interface ApiServer {
  /** The client of the service account in the manifests of `deploy/kubernetes/crd`. */
  readonly kubeconfig: string
  /** The client of an administrator. */
  readonly call: (method: string, path: string, body?: object) => Promise<ApiAnswer>
  readonly stop: () => Promise<void>
  readonly start: () => Promise<void>
}

export interface ApiAnswer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

const program = join(root, '.cache/kubernetes/kube-apiserver')
const account = 'system:serviceaccount:oarlock:oarlock'

export async function startApiServer(t: Cleanup): Promise<ApiServer> {
  if (!existsSync(program)) throw new Error('run .ci/kubernetes.sh first')
  const folder = temporaryFolder(t)
  const at = (name: string): string => join(folder, name)
  const [etcd, peer, port] = [await freePort(), await freePort(), await freePort()]
  startEtcd(t, { folder: at('etcd'), log: at('etcd.log'), etcd, peer })
  execFileSync('openssl', ['genrsa', '-out', at('sa.key'), '2048'], { stdio: 'ignore' })
  writeFileSync(
    at('tokens'),
    `admin,admin,1,system:masters\noarlock,${account},2,system:serviceaccounts\n`,
  )
  const launch = () => {
    const command = [program, ...flags({ at, etcd, port })] as [string, ...string[]]
    return startChild(t, { command, logFile: at('apiserver.log') })
  }
  const call: ApiServer['call'] = async (method, path, body) =>
    ask({ method, path, body, port, ca: readFileSync(at('certs/apiserver.crt'), 'utf8') })
  let child = launch()
  const ready = () =>
    until(
      async () => {
        const answer = await call('GET', '/readyz').catch(() => undefined)
        return answer?.status === 200
      },
      `the API server is ready: ${child.log().slice(-300)}`,
    )
  await patiently(ready)
  writeFileSync(at('kubeconfig'), kubeconfigOf(port, at('certs/apiserver.crt')))
  return {
    kubeconfig: at('kubeconfig'),
    call,
    stop: () => child.stop(),
    start: async () => {
      child = launch()
      await patiently(ready)
    },
  }
}

/** This may take longer than all other conditions. */
async function patiently(wait: () => Promise<void>): Promise<void> {
  for (let left = 5; left > 1; left--) {
    const done = await wait().then(
      () => true,
      () => false,
    )
    if (done) return
  }
  await wait()
}

interface Etcd {
  readonly folder: string
  readonly log: string
  readonly etcd: number
  readonly peer: number
}

function startEtcd(t: Cleanup, { folder, log, etcd, peer }: Etcd): void {
  const client = `http://${loopback}:${etcd}`
  const between = `http://${loopback}:${peer}`
  const command: [string, ...string[]] = [
    'etcd',
    `--data-dir=${folder}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${between}`,
    `--initial-advertise-peer-urls=${between}`,
    `--initial-cluster=default=${between}`,
  ]
  startChild(t, { command, logFile: log })
}

interface Places {
  readonly at: (name: string) => string
  readonly etcd: number
  readonly port: number
}

const flags = ({ at, etcd, port }: Places): readonly string[] => [
  `--etcd-servers=http://${loopback}:${etcd}`,
  `--secure-port=${port}`,
  `--bind-address=${loopback}`,
  `--advertise-address=${loopback}`,
  `--cert-dir=${at('certs')}`,
  '--service-account-issuer=https://kubernetes',
  `--service-account-key-file=${at('sa.key')}`,
  `--service-account-signing-key-file=${at('sa.key')}`,
  `--token-auth-file=${at('tokens')}`,
  '--authorization-mode=RBAC',
  '--service-cluster-ip-range=10.0.0.0/24',
  '--endpoint-reconciler-type=none',
]

const kubeconfigOf = (port: number, authority: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'real',
        cluster: { server: `https://${loopback}:${port}`, 'certificate-authority': authority },
      },
    ],
    users: [{ name: 'oarlock', user: { token: 'oarlock' } }],
    contexts: [{ name: 'here', context: { cluster: 'real', user: 'oarlock' } }],
    'current-context': 'here',
  })

interface Ask {
  readonly method: string
  readonly path: string
  readonly body: object | undefined
  readonly port: number
  readonly ca: string
}

function ask({ method, path, body, port, ca }: Ask): Promise<ApiAnswer> {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
  const headers = { authorization: 'Bearer admin', 'content-type': type }
  return new Promise((resolve, reject) => {
    const sent = request({ host: loopback, port, ca, method, path, headers }, async response => {
      const chunks: Buffer[] = []
      for await (const chunk of response) chunks.push(chunk as Buffer)
      const text = Buffer.concat(chunks).toString()
      const json = text.startsWith('{') ? (JSON.parse(text) as ApiAnswer['body']) : {}
      resolve({ status: response.statusCode ?? 0, body: json })
    })
    sent.on('error', reject)
    sent.end(body && JSON.stringify(body))
  })
}
