# Thin: anything longer than a line is a script.
#
#   make demo     the main job: build the project at the root and run its image
#   make test     all checks and tests, as in CI

.PHONY: help demo test engine frontend clean

help:
	@sed -n 's/^#   //p' $(firstword $(MAKEFILE_LIST))

#   make engine   start the test engine (tests/engine/README.md)
engine:
	tests/engine/up

#   make frontend build the image `lamina` on the test engine
frontend: engine
	tests/engine/frontend

demo:
	@.ci/demo

test:
	@.ci/test

#   make clean    stop the test engine (its images stay), remove build results
clean:
	tests/engine/down
	rm -rf target dist
