import { expect, test } from '@jest/globals';
import { CATEGORIES, CHARGE_CATEGORIES, ON_CONFLICT, ORIGINS } from '#order-model';

test('the words of a supplement are those of domain.md', () => {
  expect([CATEGORIES, ORIGINS, ON_CONFLICT, CHARGE_CATEGORIES].map((words) => words.join(' '))).toEqual([
    'technicalDetail component construction delivery dueDate cancellation correction',
    'customer seller vendor fulfilment',
    'hold reject overwrite',
    'construction expedite cancellation connection other',
  ]);
});
