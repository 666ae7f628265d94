import type { Server } from '@grpc/grpc-js'
import type { PackageDefinition } from '@grpc/proto-loader'
import { ReflectionService } from '@grpc/reflection'
import { protoPath } from 'grpc-health-check'
import protobuf from 'protobufjs'
import { contractRoot } from '../messages.ts'
import { fileDescriptors } from './descriptors.ts'

/** Server reflection for tools such as grpcurl: describes the Authorization and the health service. */
export function addReflection(server: Server): void {
  const described = [contractRoot, healthRoot()].flatMap(fileDescriptors)
  new ReflectionService(asPackage(described)).addToServer(server)
}

function healthRoot(): protobuf.Root {
  const root = protobuf.loadSync(protoPath, new protobuf.Root())
  root.resolveAll()
  return root
}

/** The reflection service reads only the descriptors of a package. */
const asPackage = (fileDescriptorProtos: Buffer[]): PackageDefinition =>
  ({ described: { fileDescriptorProtos } }) as unknown as PackageDefinition
