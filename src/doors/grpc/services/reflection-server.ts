/** The methods of @grpc/reflection, without a server of grpc-js: `addToServer` takes whatever has `addService`. */
import { EventEmitter } from 'node:events'
import type { MethodDefinition, Server, ServerDuplexStream } from '@grpc/grpc-js'
import type { PackageDefinition } from '@grpc/proto-loader'
import { ReflectionService } from '@grpc/reflection'
import { descriptors } from '../generated/descriptors.ts'

/** Receives the answers of one call. */
export interface Reflected {
  readonly send: (message: Buffer) => void
  readonly end: () => void
}

/** One call. What it gives follows before its functions return. */
export interface Reflecting {
  /** False: the message is not valid. */
  readonly message: (message: Buffer) => boolean
  readonly end: () => void
}

/** By path. */
export type ReflectionServer = ReadonlyMap<string, (reflected: Reflected) => Reflecting>

type Definition = MethodDefinition<object, object>
type Handle = (stream: ServerDuplexStream<object, object>) => void

/** Describes the Authorization and the health service. */
export function createReflectionServer(): ReflectionServer {
  const methods = new Map<string, (reflected: Reflected) => Reflecting>()
  const addService: Server['addService'] = (service, implementation) => {
    for (const [name, definition] of Object.entries(service)) {
      const handle = implementation[name] as unknown as Handle
      methods.set(definition.path, reflected => begin(definition, handle, reflected))
    }
  }
  const described = descriptors.map(text => Buffer.from(text, 'base64'))
  new ReflectionService(asPackage(described)).addToServer({ addService })
  return methods
}

/** The reflection service reads only the descriptors of a package. */
const asPackage = (fileDescriptorProtos: Buffer[]): PackageDefinition =>
  ({ described: { fileDescriptorProtos } }) as unknown as PackageDefinition

function begin(definition: Definition, handle: Handle, reflected: Reflected): Reflecting {
  const stream = Object.assign(new EventEmitter(), {
    write: (response: object): boolean => {
      reflected.send(definition.responseSerialize(response))
      return true
    },
    end: () => reflected.end(),
  })
  // The service uses the events and the two methods of its stream.
  handle(stream as unknown as ServerDuplexStream<object, object>)
  return {
    message: message => {
      const request = requestOf(definition, message)
      return request !== undefined && stream.emit('data', request)
    },
    end: () => void stream.emit('end'),
  }
}

function requestOf(definition: Definition, message: Buffer): object | undefined {
  try {
    return definition.requestDeserialize(message)
  } catch {
    return undefined
  }
}
