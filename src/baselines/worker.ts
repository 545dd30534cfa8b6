/** The script of a worker of the fused lane. */
import { serve } from '../pool/serve.js';
import { makeBlocks } from './blocks.js';

serve(makeBlocks, 2);
