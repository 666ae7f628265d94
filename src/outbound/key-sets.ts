/** Key sets: their interface for handlers, and their constructor for the app. */
export type {
  KeyRing,
  KeySetProblem,
  KeySetReport,
  KeySetState,
  KeySets,
  KeyType,
  SigningFound,
  SigningKey,
  SigningProblem,
  SigningSet,
  VerificationKey,
  VerifiedToken,
  Waiting,
} from './keys/contract.ts'
export { createKeySets, type KeySetsOptions } from './keys/create-key-sets.ts'
export { signerOf } from './keys/signing.ts'
