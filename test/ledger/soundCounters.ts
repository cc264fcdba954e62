import type { Budget, LimitUse } from '../../ledger/model/row';
import { limitUseOf } from '../../ledger/rules/budget';
import type { Store } from '../../ledger/store';
import { isEntry } from '../../ledger/store';

/** Each counter beside what a full recount of the entries gives. */
export async function recount(store: Store): Promise<{ counted: LimitUse[]; recounted: LimitUse[] }> {
	const budgets: Budget[] = [];
	const taken = new Map<string, LimitUse>();
	for await (const rows of store.scan()) {
		for (const row of rows) {
			if (row.state === 'budget' && 'taken' in row) budgets.push(row);
			if (!isEntry(row)) continue;
			for (const { budgetId, epoch } of row.reservation?.limits ?? []) {
				const name = `${budgetId} ${epoch}`;
				const { amount = 0, count = 0 } = taken.get(name) ?? {};
				const part = limitUseOf(row);
				taken.set(name, { amount: amount + part.amount, count: count + part.count });
			}
		}
	}
	return {
		counted: budgets.map((budget) => budget.taken),
		recounted: budgets.map(
			({ entryId, epoch }) => taken.get(`${entryId} ${epoch}`) ?? { amount: 0, count: 0 },
		),
	};
}

/** @param forgotten what each counter knows of, and no entry tells any more */
export async function expectSoundCounters(
	store: Store,
	forgotten: LimitUse = { amount: 0, count: 0 },
): Promise<void> {
	const { counted, recounted } = await recount(store);
	expect(counted.length).toBeGreaterThan(0);
	expect(counted).toEqual(
		recounted.map(({ amount, count }) => ({
			amount: amount + forgotten.amount,
			count: count + forgotten.count,
		})),
	);
}
