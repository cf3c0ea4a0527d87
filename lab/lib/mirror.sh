# shellcheck shell=bash
mirror_stop() { :; }
