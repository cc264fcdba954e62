import type { InputContext } from '../parameters/parametersOfRun';
import { parametersOf } from '../parameters/parametersOfRun';

/** What a payment is made once per, as it is chosen under Charge Once Per. */
export function readKeySource(context: InputContext, itemIndex: number): unknown {
	return parametersOf(context).value('keySource', itemIndex, 'fields');
}
