import type { Signal } from '../../../../lib/signal.ts'
import { createDeadline, gather } from '../gather.ts'
import { timeout } from '../source-retry.ts'
import { type Api, type ApiCall, type Failed, failed, type Opened, reasonOf } from './api.ts'
import type { ResourceKind } from './kind.ts'
import { collectionPath, groupPath, type KubernetesPlace } from './place.ts'

export interface Asking {
  readonly api: Api
  readonly place: KubernetesPlace
  readonly kind: ResourceKind
  readonly signal: Signal
}

/** Requests the resources of the place as the query says: a list or a watch. */
export const openCollection = (
  { api, place, kind }: Omit<Asking, 'signal'>,
  { query, signal }: Pick<ApiCall, 'query' | 'signal'>,
): Promise<Opened | Failed> =>
  api.send({
    method: 'GET',
    path: collectionPath(kind.apiVersion, place),
    query: { labelSelector: place.labelSelector, ...query },
    definition: kind.definition,
    signal,
  })

/**
 * Why a list failed. The API server answers 403 also about a kind that it does not have, when our role does not name it:
 * whether it has the kind is public to all accounts.
 */
export async function explainFailure(problem: Failed, asking: Asking): Promise<Failed> {
  if (problem.status !== 403) return problem
  const deadline = createDeadline(asking.signal, timeout)
  try {
    const { apiVersion, definition } = asking.kind
    const path = groupPath(apiVersion)
    const outcome = await asking.api.send({
      method: 'GET',
      path,
      definition,
      signal: deadline.signal,
    })
    if (outcome.kind === 'failed') return outcome.status === 404 ? outcome : problem
    await gather(outcome.body, deadline.signal)
    return problem
  } catch (error) {
    return failed(reasonOf(error, deadline.signal))
  } finally {
    deadline.end()
  }
}
