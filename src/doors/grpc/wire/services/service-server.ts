/** The services of grpc-js. */
import type { Duplex } from 'node:stream'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import { HealthImplementation } from 'grpc-health-check'
import { addReflection } from '../../reflection.ts'
import { authorization } from '../../service-name.ts'
import { serviceMessageBytes } from './service-limits.ts'

export interface ServiceServer {
  /** Serves HTTP/2 on the stream. */
  readonly serve: (connection: Duplex) => void
  readonly setServing: (serving: boolean) => void
  /** Ends everything that is open. */
  readonly close: () => void
}

/** NOT_SERVING at first. */
export function createServiceServer(): ServiceServer {
  const server = new Server({
    'grpc.enable_channelz': 0,
    'grpc.max_receive_message_length': serviceMessageBytes,
    'grpc.max_concurrent_streams': 0x7fff_ffff,
  })
  const health = new HealthImplementation({ '': 'NOT_SERVING', [authorization]: 'NOT_SERVING' })
  health.addToServer(server)
  addReflection(server)
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure())
  return {
    serve: connection => injector.injectConnection(connection),
    setServing: serving => {
      for (const name of ['', authorization]) {
        health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING')
      }
    },
    close: () => {
      injector.destroy()
      server.forceShutdown()
    },
  }
}
