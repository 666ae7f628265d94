/** The same step in front of a Node server's WebSocket handler: requests with an upgrade pass no middleware. */
import { failure } from '../../../model/failure.ts'
import type { UpgradeListener } from '../../http/listener.ts'
import { refused } from '../../http/reply.ts'
import type { Incoming } from '../incoming.ts'
import { createUpgradeListener, unfitForUpgrade } from '../upgrade.ts'
import { answer, type GuardOptions, judgeInside, pass, read } from './guarded-request.ts'

export type UpgradeGuard = (next: UpgradeListener) => UpgradeListener

/** Calls `next` for what a rule allows, with its headers; answers everything else on the connection, and ends it. */
export function createUpgradeGuard(options: GuardOptions): UpgradeGuard {
  return next =>
    createUpgradeListener({
      handle: asked => void handle(asked, next, options).catch(options.onBug),
    })
}

async function handle(
  asked: Incoming,
  next: UpgradeListener,
  options: GuardOptions,
): Promise<void> {
  const { incoming, response, upgrade } = asked
  if (upgrade === undefined) return answer(response, refused(otherProtocol), options)
  const found = unfitForUpgrade(asked) ?? read(incoming, response, options)
  if (found.kind === 'failure') return answer(response, refused(found), options)
  const decision = await judgeInside(found, options)
  if (decision.kind === 'deny') return answer(response, decision, options)
  const { socket, head } = upgrade
  if (socket.destroyed) return
  pass(incoming, { decision, reading: found })
  response.detachSocket(socket as never)
  next(incoming, socket, head)
}

/** HTTP/2 would carry further requests past the rules. */
const otherProtocol = failure('bad_request', {
  message: 'this protocol is not spoken behind an upgrade',
  reason: 'this protocol is not spoken behind an upgrade',
})
