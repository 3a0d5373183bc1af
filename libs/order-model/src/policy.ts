import { type PointOfNoReturn, usualPointOfNoReturn } from './point-of-no-return.js';
import { refusedByPolicy } from './problems.js';
import type { JsonObject, Problem } from './types.js';
import type { Category, Charge, ChargeCategory, Origin } from './words.js';

/** Who has to say yes to which supplements before they get their place in the line. */
export interface ApprovalRule {
  /** Shown with the supplement, and named by the approval. */
  readonly name: string;
  /** The supplements it is about: those that fit all that is said here; nothing said: every one. */
  readonly when: {
    readonly categories?: readonly Category[];
    readonly origins?: readonly Origin[];
    readonly chargeCategories?: readonly ChargeCategory[];
    readonly blockingCharge?: boolean;
    /** A charge of more than this, in this currency (ISO 4217). */
    readonly chargeOver?: { readonly unit: string; readonly value: number };
  };
  readonly by: 'operator' | 'customer';
  /** How long the answer is waited for, hours; a charge's own `responseDueDate` goes before it for the customer. */
  readonly waitHours: number;
  /** What no answer in time means. */
  readonly onExpiry: 'expire' | 'accept';
}

/** What a supplement is refused for as `policy`; absent: no limit. */
export interface Limits {
  /** Most supplements accepted on one order. */
  readonly supplementsPerOrder?: number;
  /** Most of them accepted after the order was confirmed: it is `acknowledged` no more. */
  readonly supplementsAfterConfirmation?: number;
  /** Least time between a supplement and the order's `requestedCompletionDate`, hours. */
  readonly leastNoticeHours?: number;
}

/** A code that `reason.code` may carry. */
export interface ReasonCode {
  readonly code: string;
  readonly text: string;
  readonly category: Category;
}

/** The one policy of a deployment (domain.md, "Policy"). */
export interface Policy {
  readonly approvals: readonly ApprovalRule[];
  readonly limits: Limits;
  readonly pointOfNoReturn: PointOfNoReturn;
  readonly charges: {
    /** How long a charge without a `responseDueDate` is open for the customer's answer where nothing waits for it, hours. */
    readonly waitHours: number;
  };
  readonly reasonCodes: {
    /** Codes of this deployment beside those of the trade; one of the same code replaces it. */
    readonly extra: readonly ReasonCode[];
    /** Refuse a `reason.code` that is in neither. */
    readonly onlyKnown: boolean;
  };
}

/** Refuses nothing beyond domain.md's table; a blocking charge waits three days for the customer. */
export const usualPolicy: Policy = {
  approvals: [{ name: 'blocking-charge', when: { blockingCharge: true }, by: 'customer', waitHours: 72, onExpiry: 'expire' }],
  limits: {},
  pointOfNoReturn: usualPointOfNoReturn,
  charges: { waitHours: 72 },
  reasonCodes: { extra: [], onlyKnown: false },
};

/** What of a supplement decides on its approvals. */
export interface SupplementFacts {
  readonly category: Category;
  readonly origin?: Origin;
  readonly charge?: Charge;
}

/** The approvals a supplement needs, in the policy's order. */
export function approvalsNeeded(policy: Policy, supplement: SupplementFacts): ApprovalRule[] {
  return policy.approvals.filter(({ when }) => {
    const { category, origin, charge } = supplement;
    const { categories, origins, chargeCategories, blockingCharge, chargeOver } = when;
    if (categories !== undefined && !categories.includes(category)) return false;
    if (origins !== undefined && !origins.includes(origin as Origin)) return false;
    if (chargeCategories !== undefined && (charge === undefined || !chargeCategories.includes(charge.category))) return false;
    if (blockingCharge !== undefined && (charge?.blocking ?? false) !== blockingCharge) return false;
    return chargeOver === undefined || (charge?.price?.unit === chargeOver.unit && charge.price.value > chargeOver.value);
  });
}

const HOUR_MS = 3_600_000;

/** The charge's own due date, or so many hours from an instant where it has none. */
function dueAfter(hours: number, charge: Charge | undefined, from: string): string {
  const own = Date.parse(String(charge?.responseDueDate));
  return new Date(Number.isNaN(own) ? Date.parse(from) + hours * HOUR_MS : own).toISOString();
}

/** When an approval is waited for no longer, RFC 3339 UTC. @param submittedAt RFC 3339 */
export function approvalDue(rule: ApprovalRule, supplement: SupplementFacts, submittedAt: string): string {
  return dueAfter(rule.waitHours, rule.by === 'customer' ? supplement.charge : undefined, submittedAt);
}

/** When the answer to a charge that nothing waits for is closed, RFC 3339 UTC. @param submittedAt RFC 3339 */
export function chargeDue({ charges }: Policy, charge: Charge, submittedAt: string): string {
  return dueAfter(charges.waitHours, charge, submittedAt);
}

/** What of an order decides whether a limit is reached. */
export interface OrderFacts {
  /** Supplements accepted on it so far. */
  readonly accepted: number;
  /** Those of them accepted after it was confirmed. */
  readonly acceptedAfterConfirmation: number;
  readonly confirmed: boolean;
  /** Its `requestedCompletionDate`, where known. */
  readonly dueDate?: string;
}

/** The limits that one more supplement, at this instant, would break (RFC 3339). */
export function policyProblems({ limits }: Policy, order: OrderFacts, at: string): Problem[] {
  const {
    supplementsPerOrder = Number.POSITIVE_INFINITY,
    supplementsAfterConfirmation = Number.POSITIVE_INFINITY,
    leastNoticeHours,
  } = limits;
  const problems: Problem[] = [];
  if (order.accepted >= supplementsPerOrder) {
    problems.push(refusedByPolicy('supplementsPerOrder', `the order has had its ${supplementsPerOrder} supplements; place a new order`));
  }
  if (order.confirmed && order.acceptedAfterConfirmation >= supplementsAfterConfirmation) {
    const detail = `the order has had its ${supplementsAfterConfirmation} supplements since it was confirmed; place a new order`;
    problems.push(refusedByPolicy('supplementsAfterConfirmation', detail));
  }
  // No date is no number: it compares as false.
  if (leastNoticeHours !== undefined && Date.parse(String(order.dueDate)) - Date.parse(at) < leastNoticeHours * HOUR_MS) {
    problems.push(
      refusedByPolicy(
        'leastNoticeHours',
        `the order is due ${order.dueDate}, less than ${leastNoticeHours} hours from now; move the date by an amendment first`,
      ),
    );
  }
  return problems;
}

/** The policy of a deployment: what a checked file says, the usual where it says nothing. */
export function readPolicy(given: JsonObject): Policy {
  const { approvals, limits, pointOfNoReturn, charges, reasonCodes } = given as unknown as Partial<Policy>;
  return {
    approvals: approvals ?? usualPolicy.approvals,
    limits: limits ?? usualPolicy.limits,
    pointOfNoReturn: { ...usualPolicy.pointOfNoReturn, ...pointOfNoReturn },
    charges: { ...usualPolicy.charges, ...charges },
    reasonCodes: { ...usualPolicy.reasonCodes, ...reasonCodes },
  };
}
