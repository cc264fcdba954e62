import type { InputContext } from '../parameters/parametersOfRun';
import { parametersOf } from '../parameters/parametersOfRun';

/** Returns the value of Charge Once Per. */
export function readKeySource(context: InputContext, itemIndex: number): unknown {
	return parametersOf(context).value('keySource', itemIndex, 'fields');
}
