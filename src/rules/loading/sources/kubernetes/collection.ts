import type { Signal } from '../../../../lib/signal.ts'
import type { Api, ApiCall, Failed, Opened } from './api.ts'
import { collectionPath, type KubernetesPlace } from './place.ts'

export interface Asking {
  readonly api: Api
  readonly place: KubernetesPlace
  readonly signal: Signal
}

/** Requests the resources of the place as the query says: a list or a watch. */
export const openCollection = (
  { api, place }: Omit<Asking, 'signal'>,
  { query, signal }: Pick<ApiCall, 'query' | 'signal'>,
): Promise<Opened | Failed> =>
  api.send({
    method: 'GET',
    path: collectionPath(place),
    query: { labelSelector: place.labelSelector, ...query },
    signal,
  })
