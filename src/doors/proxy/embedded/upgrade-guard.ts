/** Decides before a Node server's WebSocket handler: middleware does not see requests with `Upgrade`. */
import { failure } from '../../../model/failure.ts'
import type { UpgradeListener } from '../../http/listener.ts'
import { denyByDoor } from '../../http/reply.ts'
import type { Incoming } from '../incoming.ts'
import { createUpgradeListener, upgradeProblem } from '../upgrade.ts'
import { answer, decideWithinGate, type GuardOptions, pass, read } from './guarded-request.ts'

export type UpgradeGuard = (next: UpgradeListener) => UpgradeListener

/** Calls `next` for an allowed request, with the upstream's headers; answers a denied one and ends the connection. */
export function createUpgradeGuard(options: GuardOptions): UpgradeGuard {
  return next =>
    createUpgradeListener({
      handle: received => void handle(received, next, options).catch(options.onBug),
    })
}

async function handle(
  received: Incoming,
  next: UpgradeListener,
  options: GuardOptions,
): Promise<void> {
  const { incoming, response, upgrade } = received
  if (upgrade === undefined) return answer(response, denyByDoor(otherProtocol), options)
  const found = upgradeProblem(received) ?? read(incoming, response, options)
  if (found.kind === 'failure') return answer(response, denyByDoor(found), options)
  const decision = await decideWithinGate(found, options)
  if (decision.kind === 'deny') return answer(response, decision, options)
  const { socket, head } = upgrade
  if (socket.destroyed) return
  pass(incoming, { decision, reading: found })
  response.detachSocket(socket as never)
  next(incoming, socket, head)
}

/** HTTP/2 would send further requests that no rule sees. */
const otherProtocol = failure('bad_request', {
  message: 'Upgrade to HTTP/2 is not supported',
  reason: 'Upgrade to HTTP/2 is not supported',
})
