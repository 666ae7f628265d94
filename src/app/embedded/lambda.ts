/** `oarlock/lambda`: `export const handler = createHandler({ config: ['oarlock.yaml'] })`. */
import { createLambdaDoor, type LambdaHandler } from '../../doors/lambda/door.ts'
import { parseDuration } from '../../lib/duration.ts'
import { type EmbeddedOptions, embed } from './embedded.ts'

export type { LambdaContext, LambdaHandler } from '../../doors/lambda/door.ts'
export type { LambdaAnswer } from '../../doors/lambda/render.ts'

export type HandlerOptions = Pick<EmbeddedOptions, 'config' | 'v8Flags'>

/**
 * A handler for Lambda authorizers of API Gateway. Each instance of the function reads configuration and rules
 * once. While they cannot be read each call rejects, and the gateway denies every request.
 */
export function createHandler({ config, v8Flags = false }: HandlerOptions): LambdaHandler {
  let door: Promise<LambdaHandler> | undefined
  const open = async (): Promise<LambdaHandler> => {
    const embedded = await embed({ config, v8Flags, watch: false })
    const { limits } = embedded.config
    return createLambdaDoor({
      decide: embedded.decide,
      paths: embedded.paths,
      pathBytes: limits.path.bytes,
      decisionTimeout: parseDuration(limits.decision.timeout),
    })
  }
  return async (event, context) => {
    door ??= open()
    const handle = await door.catch(error => {
      // The next call tries again.
      door = undefined
      throw error
    })
    return handle(event, context)
  }
}
