export { freePort, loopback } from '../conformance/ports.ts'
