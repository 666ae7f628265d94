/**
 * Finds the address of the API server and our credentials. The official client reads kubeconfigs and service accounts
 * and renews tokens. Its types need the types of a browser, so the few that are used are declared here.
 */
import type { RequestOptions } from 'node:https'
import { unavailable } from '../contract.ts'
import { loadSdk, type Sdk } from '../sdk.ts'
import type { KubernetesPlace } from './place.ts'

export interface Connection {
  readonly server: URL
  /** The authorities, certificates and credentials of a call. Called for each call, because tokens change. */
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
  // The client invents this cluster when it finds no configuration.
  if (cluster.name === 'cluster' && cluster.server === 'http://localhost:8080')
    return unavailable('found neither a kubeconfig nor a service account')
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

/** The message is left out: a parser quotes what it read, which may contain secrets. */
function codeOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException
  return typeof code === 'string' ? `: ${code}` : ''
}
