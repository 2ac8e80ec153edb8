# gen:arg=SOURCE_DATE_EPOCH=1700000000
FROM alpine:3
WORKDIR /a
COPY b /c
COPY --link d /e/
RUN true
