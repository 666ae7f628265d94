/** Key sets: their interface for handlers, and their constructor for the app. */
export type {
  Issuer,
  KeyRing,
  KeySetProblem,
  KeySetReport,
  KeySetState,
  KeySets,
  KeySetUse,
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
export { type IssuerMetadata, issuersOf, type MetadataLocation } from './keys/metadata.ts'
export { signerOf } from './keys/signing.ts'
