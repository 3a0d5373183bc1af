export { canonical, sameDocument } from './canonical.js';
export {
  type Amendability,
  type Changeability,
  type ClosedPath,
  changeability,
  type ItemChangeability,
  mayAmend,
  type Permission,
} from './changeability.js';
export { applyChanges, invert, valueAt } from './changes.js';
export { checkOrder, checkPatch } from './check.js';
export { type Compiled, compileChanges } from './compile.js';
export { diffDocuments } from './diff.js';
export { type FoundProvenance, findProvenance, originOf, provenanceOf, type ValueOrigin } from './history.js';
export { containedItems, reliedOn } from './items.js';
export { merge } from './merge.js';
export { type NeededItems, neededItems } from './needed-items.js';
export { fromDocument, itemCount, toDocument } from './order.js';
export { mergePatch, patchChanges } from './patch.js';
export { formatPath, parsePath } from './paths.js';
export { type ClosingRule, closedPlaces, closingStates, type PointOfNoReturn, usualPointOfNoReturn } from './point-of-no-return.js';
export {
  type ApprovalRule,
  approvalDue,
  approvalsNeeded,
  chargeDue,
  type Limits,
  type OrderFacts,
  type Policy,
  policyProblems,
  type ReasonCode,
  readPolicy,
  type SupplementFacts,
  usualPolicy,
} from './policy.js';
export { checkPolicy } from './policy-check.js';
export { priceTotals } from './price.js';
export type { PriceChange, PriceTotal } from './price-total.js';
export { illegalMove, orderClosed } from './problems.js';
export {
  type KnownReasonCode,
  reasonCodes,
  reasonProblems,
  SUPPLEMENT_TYPES,
  type SupplementType,
  TRADE_REASON_CODES,
} from './reason-codes.js';
export { changesFromDelta, type Reversal } from './revert.js';
export { closed, isItemState, isOrderState, itemMoveAllowed, orderMoveAllowed, rollUp } from './states.js';
export type {
  AmendmentInput,
  Cause,
  Change,
  EffectiveItem,
  EffectiveOrder,
  Fault,
  ItemProgress,
  ItemState,
  Json,
  JsonObject,
  MergeInput,
  OrderCreatedInput,
  OrderState,
  Outcome,
  Overwritten,
  PlanEntry,
  Problem,
  ProgressInput,
  Provenance,
  Reason,
  RefusalCode,
  Revision,
  SupplementInput,
} from './types.js';
export {
  CATEGORIES,
  type Category,
  CHARGE_CATEGORIES,
  type Charge,
  type ChargeCategory,
  ON_CONFLICT,
  type OnConflict,
  ORIGINS,
  type Origin,
} from './words.js';
