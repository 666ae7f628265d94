/**
 * Where the API server is and who we are: the official client reads kubeconfigs and service accounts, and
 * renews tokens. Its types need those of a browser, so the little that is used stands here.
 */
import type { RequestOptions } from 'node:https'
import { unavailable } from '../contract.ts'
import { loadSdk, type Sdk } from '../sdk.ts'
import type { KubernetesPlace } from './place.ts'

export interface Connection {
  readonly server: URL
  /** What a call needs: authorities, certificates, credentials. Asked for each call: tokens change. */
  readonly options: () => Promise<RequestOptions>
}

interface KubeConfig {
  loadFromDefault(): void
  loadFromFile(file: string): void
  getCurrentCluster(): { readonly name: string; readonly server: string } | null
  applyToHTTPSOptions(options: RequestOptions): Promise<void>
}

interface Client {
  readonly KubeConfig: new () => KubeConfig
}

const packageName = '@kubernetes/client-node'

export async function connect({ kubeconfig }: KubernetesPlace): Promise<Sdk<Connection>> {
  const loaded = await loadSdk<Client>(packageName)
  if (loaded.kind === 'unavailable') return loaded
  const config = new loaded.sdk.KubeConfig()
  try {
    if (kubeconfig === undefined) config.loadFromDefault()
    else config.loadFromFile(kubeconfig)
    return connectionOf(config)
  } catch (error) {
    return unavailable(`the kubeconfig cannot be read${codeOf(error)}`)
  }
}

function connectionOf(config: KubeConfig): Sdk<Connection> {
  const cluster = config.getCurrentCluster()
  if (cluster === null) return unavailable('the kubeconfig names no cluster')
  // What the client makes up when it finds nothing.
  if (cluster.name === 'cluster' && cluster.server === 'http://localhost:8080')
    return unavailable('there is no kubeconfig and no service account')
  return {
    kind: 'sdk',
    sdk: {
      server: new URL(cluster.server),
      options: async () => {
        const options: RequestOptions = {}
        await config.applyToHTTPSOptions(options)
        return options
      },
    },
  }
}

/** Not the message: a parser quotes what it read, and there are secrets in it. */
function codeOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException
  return typeof code === 'string' ? `: ${code}` : ''
}
