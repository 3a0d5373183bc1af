import { type EffectiveOrder, type OrderFacts, type Policy, type Problem, policyProblems } from '#order-model';

function factsOf({ sequence, sequenceAtConfirmation, attributes }: EffectiveOrder): OrderFacts {
  const dueDate = attributes['requestedCompletionDate'];
  return {
    accepted: sequence,
    acceptedAfterConfirmation: sequence - (sequenceAtConfirmation ?? sequence),
    confirmed: sequenceAtConfirmation !== undefined,
    ...(typeof dueDate === 'string' ? { dueDate } : {}),
  };
}

/** The limits of the policy that one more supplement of the order would break at an instant, RFC 3339 UTC. */
export function limitsReached(policy: Policy, order: EffectiveOrder, at: string): Problem[] {
  return policyProblems(policy, factsOf(order), at);
}
