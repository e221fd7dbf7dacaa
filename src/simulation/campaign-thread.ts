/** The entry of a thread that runs a share of a campaign. */
import { parentPort, workerData } from 'node:worker_threads';
import { CampaignShare, type ShareStart } from './campaign-share.ts';

const share = await CampaignShare.open(workerData as ShareStart);
for (let answer = share.run(); answer !== null; answer = share.run()) parentPort?.postMessage(answer);
