import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

/** Either complete n8n items or, as a shorthand, only their `json`. */
export type ItemsInput = INodeExecutionData[] | IDataObject[];

function isItem(candidate: INodeExecutionData | IDataObject): candidate is INodeExecutionData {
	return typeof candidate.json === 'object' && candidate.json !== null && !Array.isArray(candidate.json);
}

/** Wraps plain objects as items. An object whose `json` is itself an object counts as an item. */
export function toItems(input: ItemsInput = [{}]): INodeExecutionData[] {
	return input.map((candidate) => (isItem(candidate) ? { ...candidate } : { json: { ...candidate } }));
}
