import type { Server } from '@grpc/grpc-js'
import type { PackageDefinition } from '@grpc/proto-loader'
import { ReflectionService } from '@grpc/reflection'
import { protoPath } from 'grpc-health-check'
import protobuf from 'protobufjs'
import { contractRoot } from '../messages.ts'
import { fileDescriptors } from './descriptors.ts'

/** Lets tools such as grpcurl ask what this server speaks: the contract and the health service. */
export function addReflection(server: Server): void {
  const described = [contractRoot, healthRoot()].flatMap(fileDescriptors)
  new ReflectionService(asPackage(described)).addToServer(server)
}

function healthRoot(): protobuf.Root {
  const root = protobuf.loadSync(protoPath, new protobuf.Root())
  root.resolveAll()
  return root
}

/** Of a package the reflection service reads the descriptors alone. */
const asPackage = (fileDescriptorProtos: Buffer[]): PackageDefinition =>
  ({ described: { fileDescriptorProtos } }) as unknown as PackageDefinition
